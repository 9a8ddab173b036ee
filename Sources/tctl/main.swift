print("tctl")
