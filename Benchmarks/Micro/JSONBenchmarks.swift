import JSON

/// Validation of a service's body, as wrapping does it: some 1,000 bytes.
enum JSONBenchmarks {
    private static func list(of element: String) -> [UInt8] {
        Array(
            "{\"orders\": [\(Array(repeating: element, count: 1000 / element.utf8.count).joined(separator: ", "))]}"
                .utf8
        )
    }

    /// Short members, as many tokens as there can be.
    static func validateNumbers(_ times: Int) throws -> Int {
        try validate(list(of: #"{"id": 1017, "item": "tea", "cents": 1217, "paid": true}"#), times)
    }

    static func validateChinese(_ times: Int) throws -> Int {
        try validate(list(of: #"{"名称": "西湖龙井茶", "产地": "浙江省杭州市西湖区龙井村，海拔三百米", "价格": 128.50}"#), times)
    }

    private static func validate(_ text: [UInt8], _ times: Int) throws -> Int {
        var good = 0
        for _ in 0..<times {
            var validator = JSONValidator()
            if validator.consume(text.span), validator.finish() { good &+= 1 }
        }
        guard good == times else { throw UnexpectedResult(what: "JSON") }
        return good
    }
}
