Tctl.begin()
