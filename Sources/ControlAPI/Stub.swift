public enum ControlAPIStub {}
