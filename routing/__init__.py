"""Where an inbound call goes."""
