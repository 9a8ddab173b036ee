/// What `mips64r2` has beyond the R4400: MIPS IV, MIPS V's paired singles, MIPS64 and its release 2.
///
/// Some of its instructions have the words of others: JR.HB and JALR.HB are JR and JALR here, EHB, SSNOP and
/// PAUSE are shifts of `$0`. BC1 and C.cond name one of eight conditions.
extension InstructionForm {
  static let release2 = forms(integer + control + float + paired)

  private static let integer: [(Operation, Encoding, Operands)] = [
    (.movz, .special(10), .rdRsRt), (.movn, .special(11), .rdRsRt), (.movf, .moveOnCondition(0), .rdRsCondition),
    (.movt, .moveOnCondition(1), .rdRsCondition),
    (.clz, .special2(32), .rdRsBoth), (.clo, .special2(33), .rdRsBoth), (.dclz, .special2(36), .rdRsBoth),
    (.dclo, .special2(37), .rdRsBoth),
    (.mul, .special2(2), .rdRsRt), (.madd, .special2(0), .rsRt), (.maddu, .special2(1), .rsRt),
    (.msub, .special2(4), .rsRt),
    (.msubu, .special2(5), .rsRt),
    (.seb, .shuffle(32, 16), .rdRt), (.seh, .shuffle(32, 24), .rdRt), (.wsbh, .shuffle(32, 2), .rdRt),
    (.dsbh, .shuffle(36, 2), .rdRt),
    (.dshd, .shuffle(36, 5), .rdRt),
    (.rotr, .rotation(2), .rdRtSa), (.rotrv, .rotationByRegister(6), .rdRtRs), (.drotr, .rotation(58), .rdRtSa),
    (.drotr32, .rotation(62), .rdRtSa), (.drotrv, .rotationByRegister(22), .rdRtRs),
    (.ext, .special3(0), .bitField), (.dextm, .special3(1), .bitField), (.dextu, .special3(2), .bitField),
    (.dext, .special3(3), .bitField),
    (.ins, .special3(4), .bitField), (.dinsm, .special3(5), .bitField), (.dinsu, .special3(6), .bitField),
    (.dins, .special3(7), .bitField),
    (.pref, .major(51), .hint), (.synci, .branchImmediate(31), .addressOnly), (.rdhwr, .special3(59), .rtRd),
  ]

  private static let control: [(Operation, Encoding, Operands)] = [
    (.di, .interruptEnable(0), .rt), (.ei, .interruptEnable(1), .rt), (.wait, .control(32), .none),
    (.rdpgpr, .controlMove(10), .rdRtShadow), (.wrpgpr, .controlMove(14), .rdRtShadow),
  ]

  private static let float: [(Operation, Encoding, Operands)] = [
    (.mfhc1, .floatMove(3), .fromFloat), (.mthc1, .floatMove(7), .toFloat),
    (.lwxc1, .floatIndexed(0), .indexedLoad), (.ldxc1, .floatIndexed(1), .indexedLoad),
    (.luxc1, .floatIndexed(5), .indexedLoad),
    (.swxc1, .floatIndexed(8), .indexedStore), (.sdxc1, .floatIndexed(9), .indexedStore),
    (.suxc1, .floatIndexed(13), .indexedStore),
    (.prefx, .floatIndexed(15), .indexedHint),
    (.recipS, .float(.single, 21), .fdFs), (.rsqrtS, .float(.single, 22), .fdFs), (.recipD, .float(.double, 21), .fdFs),
    (.rsqrtD, .float(.double, 22), .fdFs),
    (.movzS, .float(.single, 18), .fdFsRt), (.movnS, .float(.single, 19), .fdFsRt),
    (.movfS, .floatMoveOnCondition(.single, 0), .fdFsCondition),
    (.movtS, .floatMoveOnCondition(.single, 1), .fdFsCondition),
    (.movzD, .float(.double, 18), .fdFsRt), (.movnD, .float(.double, 19), .fdFsRt),
    (.movfD, .floatMoveOnCondition(.double, 0), .fdFsCondition),
    (.movtD, .floatMoveOnCondition(.double, 1), .fdFsCondition),
    (.maddS, .floatIndexed(32), .fdFrFsFt), (.maddD, .floatIndexed(33), .fdFrFsFt),
    (.msubS, .floatIndexed(40), .fdFrFsFt),
    (.msubD, .floatIndexed(41), .fdFrFsFt), (.nmaddS, .floatIndexed(48), .fdFrFsFt),
    (.nmaddD, .floatIndexed(49), .fdFrFsFt),
    (.nmsubS, .floatIndexed(56), .fdFrFsFt), (.nmsubD, .floatIndexed(57), .fdFrFsFt),
  ]

  private static let paired: [(Operation, Encoding, Operands)] = [
    (.addPS, .float(.paired, 0), .fdFsFt), (.subPS, .float(.paired, 1), .fdFsFt), (.mulPS, .float(.paired, 2), .fdFsFt),
    (.absPS, .float(.paired, 5), .fdFs), (.movPS, .float(.paired, 6), .fdFs), (.negPS, .float(.paired, 7), .fdFs),
    (.movzPS, .float(.paired, 18), .fdFsRt), (.movnPS, .float(.paired, 19), .fdFsRt),
    (.movfPS, .floatMoveOnCondition(.paired, 0), .fdFsCondition),
    (.movtPS, .floatMoveOnCondition(.paired, 1), .fdFsCondition),
    (.cvtPSS, .float(.single, 38), .fdFsFt), (.cvtSPU, .float(.paired, 32), .fdFs),
    (.cvtSPL, .float(.paired, 40), .fdFs),
    (.pllPS, .float(.paired, 44), .fdFsFt), (.pluPS, .float(.paired, 45), .fdFsFt),
    (.pulPS, .float(.paired, 46), .fdFsFt),
    (.puuPS, .float(.paired, 47), .fdFsFt), (.alnvPS, .floatIndexed(30), .fdFsFtRs),
    (.maddPS, .floatIndexed(38), .fdFrFsFt), (.msubPS, .floatIndexed(46), .fdFrFsFt),
    (.nmaddPS, .floatIndexed(54), .fdFrFsFt),
    (.nmsubPS, .floatIndexed(62), .fdFrFsFt),
    (.cFPS, .float(.paired, 48), .fsFt), (.cUnPS, .float(.paired, 49), .fsFt), (.cEqPS, .float(.paired, 50), .fsFt),
    (.cUeqPS, .float(.paired, 51), .fsFt), (.cOltPS, .float(.paired, 52), .fsFt), (.cUltPS, .float(.paired, 53), .fsFt),
    (.cOlePS, .float(.paired, 54), .fsFt), (.cUlePS, .float(.paired, 55), .fsFt), (.cSfPS, .float(.paired, 56), .fsFt),
    (.cNglePS, .float(.paired, 57), .fsFt), (.cSeqPS, .float(.paired, 58), .fsFt),
    (.cNglPS, .float(.paired, 59), .fsFt),
    (.cLtPS, .float(.paired, 60), .fsFt), (.cNgePS, .float(.paired, 61), .fsFt), (.cLePS, .float(.paired, 62), .fsFt),
    (.cNgtPS, .float(.paired, 63), .fsFt),
  ]
}
