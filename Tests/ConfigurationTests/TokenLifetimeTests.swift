import Configuration
import Testing

@Suite("A token's lifetime on the command line")
struct TokenLifetimeTests {
    @Test(
        "is seconds, or a number with its unit",
        arguments: [("1", 1), ("3600", 3600), ("90s", 90), ("2h", 7200), ("30d", 2_592_000), ("5000ms", 5)]
    )
    func read(text: String, seconds: Int64) throws {
        #expect(try TokenLifetime(text).seconds == seconds)
    }

    @Test(
        "is told what it may be",
        arguments: [
            ("0", "a lifetime is 1s to 30d, in whole seconds"), ("31d", "a lifetime is 1s to 30d, in whole seconds"),
            ("1500ms", "a lifetime is 1s to 30d, in whole seconds"),
            ("2 hours", #""2 hours" is not a duration; write a whole number and a unit: "250ms", "5s", "2h""#),
            ("2H", #""2H" is not a duration: the units are ms, s, m, h, d; did you mean "2h"?"#),
            ("-1", #""-1" is not a duration; write a whole number and a unit: "250ms", "5s", "2h""#),
            ("", #""" is not a duration; write a whole number and a unit: "250ms", "5s", "2h""#),
            ("99999999999999999999", #"the duration "99999999999999999999s" is too large"#),
        ]
    )
    func refused(text: String, words: String) {
        let fault = #expect(throws: TokenLifetimeFault.self) { try TokenLifetime(text) }
        #expect(fault?.description == words)
    }
}
