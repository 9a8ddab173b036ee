import Testing

/// Tests that start clusters. They share one, and the host's processors, so they come one after another.
@Suite("On a cluster", .serialized) struct OnACluster {}
