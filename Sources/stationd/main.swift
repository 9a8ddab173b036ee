await StationdCommand.begin()
