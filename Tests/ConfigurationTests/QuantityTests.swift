import Testing

@testable import Configuration

@Suite("Durations, sizes and names")
struct QuantityTests {
    @Test(
        "Durations",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("5s", .seconds(5)), ("0s", .zero), ("20m", .seconds(1200)),
            ("2h", .seconds(7200)), ("30d", .seconds(2_592_000)),
        ]
    )
    func durations(_ text: String, _ duration: Duration) throws {
        #expect(try DurationText.parse(text) == duration)
    }

    @Test(
        "No durations",
        arguments: [
            "", "5", "s", "05s", "-5s", "+5s", "5 s", "5S", "1.5s", "5s ", "5us", "1h30m", "٥s",
            "9223372036854775807d", "18446744073709551616ms", "99999999999999999999999999999s", "106751991168d",
        ]
    )
    func noDurations(_ text: String) {
        #expect(throws: TextFault.self) { try DurationText.parse(text) }
    }

    @Test(
        "Durations are written as they are read",
        arguments: ["250ms", "1500ms", "5s", "60s", "2h", "24h", "30d", "0s"]
    )
    func renderedDurations(_ text: String) throws {
        #expect(DurationText.render(try DurationText.parse(text)) == text)
    }

    @Test("Nanoseconds stay within 64 bits")
    func nanoseconds() {
        #expect(Duration.milliseconds(250).nanoseconds == 250_000_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max)
        #expect(Duration.seconds(Int64.min).nanoseconds == .min)
        // The seconds fit, and only the sum does not.
        #expect((Duration.seconds(9_223_372_036) + .nanoseconds(854_775_807)).nanoseconds == .max)
        #expect((Duration.seconds(9_223_372_036) + .nanoseconds(854_775_806)).nanoseconds == Int64.max - 1)
        #expect((Duration.seconds(9_223_372_036) + .milliseconds(900)).nanoseconds == .max)
        #expect((Duration.seconds(-9_223_372_036) - .milliseconds(900)).nanoseconds == .min)
    }

    @Test(
        "Sizes",
        arguments: [
            ("0B", UInt64(0)), ("512B", 512), ("64KiB", 65536), ("10MiB", 10_485_760), ("8GiB", 8_589_934_592),
        ]
    )
    func sizes(_ text: String, _ bytes: UInt64) throws {
        #expect(try SizeText.parse(text) == bytes)
        #expect(SizeText.render(bytes) == text)
    }

    @Test(
        "No sizes",
        arguments: [
            "", "B", "64", "64KB", "64kib", "64 KiB", "1e3B", "-1B", "064KiB", "8589934592GiB", "17179869184GiB",
            "18446744073709551616B",
        ]
    )
    func noSizes(_ text: String) {
        #expect(throws: TextFault.self) { try SizeText.parse(text) }
    }

    @Test(
        "The nearest name is suggested",
        arguments: [
            ("ordres", "orders"), ("ORDERS", "orders"), ("oders", "orders"), ("order", "orders"),
            ("pamyents", "payments"),
        ]
    )
    func suggestions(_ typed: String, _ meant: String) {
        #expect(NameSuggestion.nearest(to: typed, among: ["users", "orders", "payments"]) == meant)
    }

    @Test(
        "A name that is far from all suggests nothing",
        arguments: ["", "x", "catalog", String(repeating: "a", count: 5000)]
    )
    func noSuggestion(_ typed: String) {
        #expect(NameSuggestion.nearest(to: typed, among: ["users", "orders", "payments", ""]) == nil)
    }
}
