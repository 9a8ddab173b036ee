public enum RunnerStub {}
