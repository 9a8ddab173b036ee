public enum GuestImagesStub {}
