/// What a home is about while it has a line locked: waiting for copies to be invalidated, or for the owner's
/// answer.
struct HomeTransaction: BitwiseCopyable {
  var address: UInt64 = 0
  /// When the line, if it is being read meanwhile, is at the memory's output.
  var dataReady: UInt64 = 0
  /// Stations whose processors have yet to say that they invalidated.
  var awaitedStations: UInt16 = 0
  /// The message that is served; it stays in the pool until the end.
  var request: Int32 = 0
  /// Messages that found the line locked, in order of arrival: a list through the pool, -1 for none.
  var firstWaiting: Int32 = -1
  var lastWaiting: Int32 = -1
  var owner: UInt8 = 0
  /// The owner has been asked and has not answered.
  var awaitsAnswer = false
  /// The owner did not have the line: its write-back is on the way.
  var awaitsWriteBack = false
  /// The owner's write-back has come.
  var hasWriteBack = false
  var isFree = true
}
