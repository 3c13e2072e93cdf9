"""The wallboard in a terminal, with the hands to act: `waihu board`."""
