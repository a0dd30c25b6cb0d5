import JSON
import RandomJSON
import Testing

@Suite("The validator takes one JSON value at any split")
struct JSONValidatorTests {
    private static let accepted = [
        "1", " 1 ", "-0.5e-7", "0", "\"\"", "\"é神😀\"", #""\ud83d\ude00""#, "true", "false", "null", "{}", "[]",
        #""\ud800""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#, #""\udc00""#, #"{"\udfff":1}"#, "[[],{}]",
        #"{"a":{"b":[1,2,{"c":null}]},"d":"}"}"#, "\r\n\t[ 1 , 2 ]\n", #"{"a":1,"a":2}"#,
    ]
    private static let refused = [
        "", " ", "1 2", "01", "-", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "tru", "truee", "[1,]", "[,1]", "[1",
        "]",
        "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, #"{1:1}"#, #"{"a":1]"#, "[1}", "'a'", "\"a", #""\""#,
        #""\x""#, #""\u12""#, #""\ud800\""#, #""\ud800\u""#, #""\ud800\x""#, #""\ud800\ud80""#, "\"\n\"",
        "\u{FEFF}1", "1,", "1}", #"1},"code":1"#, #"{}{}"#, #""a""b""#, "nulll", "[1]]", "/**/1",
    ]

    @Test(arguments: accepted) func jsonIsAccepted(text: String) {
        let bytes = Array(text.utf8)
        for split in splits(of: bytes.count) { #expect(validates(bytes, splitAt: split)) }
        #expect(reads(bytes))
    }

    @Test(arguments: refused) func whatIsNotJSONIsRefused(text: String) {
        let bytes = Array(text.utf8)
        for split in splits(of: bytes.count) { #expect(!validates(bytes, splitAt: split)) }
        #expect(!reads(bytes))
    }

    /// The verdict on each piece in turn.
    private func verdicts(_ validator: inout JSONValidator, _ pieces: String...) -> [Bool] {
        pieces.map { piece in
            let bytes = Array(piece.utf8)
            return validator.consume(bytes.span)
        }
    }

    @Test func aRefusalIsFinal() {
        var validator = JSONValidator()
        #expect(verdicts(&validator, "x", "1", "") == [false, false, false])
        let isWhole = validator.finish()
        #expect(!isWhole)
    }

    @Test func completenessIsKnownBeforeTheEnd() {
        var validator = JSONValidator()
        #expect(verdicts(&validator, "[1") == [true])
        #expect(!validator.isComplete)
        #expect(verdicts(&validator, "", "]", " ") == [true, true, true])
        #expect(validator.isComplete)
        #expect(verdicts(&validator, "1") == [false])
    }

    @Test func nothingGoesOnAfterTheEnd() {
        var validator = JSONValidator()
        #expect(verdicts(&validator, "1") == [true])
        let ends = [validator.finish(), validator.finish()]
        #expect(ends == [true, true])
        #expect(verdicts(&validator, "1") == [false])
    }

    @Test func itAgreesWithTheReaderOnRandomTexts() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomJSON(seed: seed)
        var refused = 0
        for _ in 0..<4000 {
            let text = random.text()
            let whole = Array(text.utf8)
            #expect(reads(whole) && validates(whole), "seed \(seed): \(text)")
            let damaged = random.damaged(text)
            let cut = Int.random(in: 0...damaged.count, using: &random.generator)
            let verdict = reads(damaged)
            refused += verdict ? 0 : 1
            #expect(validates(damaged, splitAt: [cut]) == verdict, "seed \(seed): \(damaged)")
            #expect(validates(damaged, splitAt: Array(0...damaged.count)) == verdict, "seed \(seed): \(damaged)")
        }
        #expect(refused > 1000)
    }

    @Test func whatTheReaderReadsFoundationReadsAlike() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = RandomJSON(seed: seed)
        for _ in 0..<1000 {
            let bytes = Array(random.text().utf8)
            let node = try JSONReader().read(bytes)
            #expect(try foundationAgrees(node, bytes), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
