import JSON

/// A service behind another gateway may return the envelope already; it is not wrapped twice.
enum NestedEnvelope {
    /// The text with `relogin` false, if it is an object with code 30000 and an integer in `data.status`; else nil.
    /// - Parameter json: valid, without white space around it.
    ///
    /// Duplicate names are refused: clients would differ in which one they see. Such a body is embedded instead.
    static func withoutRelogin(_ json: [UInt8]) -> [UInt8]? {
        guard json.first == UInt8(ascii: "{") else { return nil }
        let reader = JSONReader(duplicates: .reject, maximumDepth: 128, maximumSize: json.count)
        guard let root = try? reader.read(json), let members = root.members,
            root["code"]?.integer == 30000, root["data"]?["status"]?.integer != nil
        else { return nil }
        let closing = json.count - 1
        guard let position = members.firstIndex(where: { $0.hasName("relogin") }) else {
            return json[..<closing] + Array(#","relogin":false}"#.utf8)
        }
        if members[position].value.bool == false { return json }
        let head = json[..<members[position].value.offset]
        guard position + 1 < members.count else { return head + Array("false}".utf8) }
        return head + Array("false,".utf8) + json[members[position + 1].nameOffset...]
    }
}
