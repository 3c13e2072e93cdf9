"""All that knows the switch: AMI link, translation, actions, configuration, the private lab."""
