print("guestc")
