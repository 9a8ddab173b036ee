public enum GuestCompilerStub {}
