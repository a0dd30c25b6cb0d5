/// What host names and authorities have in common (RFC 3986, section 3.2).
enum NetworkName {
    /// Whether the host is this machine by its name or address alone, without asking DNS.
    static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || IPAddress(host)?.isLoopback == true
    }

    /// Host and port, with brackets around an IPv6 address.
    static func authority(host: String, port: Int) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Host and port of an authority; nil where it is none. The port is nil where there is none. The host is an address
    /// or a name of letters, digits, `-`, `_` and dots, brought to lower case; brackets are taken off.
    static func split(_ authority: String) -> (host: String, port: Int?)? {
        var host = authority[...]
        var port: Int?
        if authority.utf8.first == UInt8(ascii: "[") {
            guard let end = authority.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let after = authority[authority.utf8.index(after: end)...]
            host = authority[authority.utf8.index(after: authority.startIndex)..<end]
            guard host.utf8.contains(UInt8(ascii: ":")), IPAddress(String(host)) != nil else { return nil }
            if !after.isEmpty {
                guard after.utf8.first == UInt8(ascii: ":"), let number = self.port(after.dropFirst()) else {
                    return nil
                }
                port = number
            }
            return (host.lowercased(), port)
        }
        if let colon = authority.utf8.firstIndex(of: UInt8(ascii: ":")) {
            guard let number = self.port(authority[authority.utf8.index(after: colon)...]) else { return nil }
            host = authority[..<colon]
            port = number
        }
        let name = host.lowercased()
        return isHost(name) ? (name, port) : nil
    }

    /// What is wrong with an authority that `split` does not take, where that is a common slip. Quotes one character at
    /// most: a URL could contain a password.
    static func slip(in authority: String) -> TextFault? {
        for scalar in authority.unicodeScalars {
            if scalar.properties.isWhitespace {
                return TextFault(message: "there is a space in the address", hint: "remove it")
            }
            guard !scalar.isASCII else { continue }
            return TextFault(
                message: "\(LookAlike.name(scalar)) is not a character of an address",
                hint: LookAlike.plain(scalar) == nil ? "write the name in Punycode (xn--…)" : LookAlike.cure(scalar)
            )
        }
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let host = authority[..<colon].utf8
        let digits = authority[colon...].utf8.dropFirst().drop { $0 == UInt8(ascii: "0") }
        let isAlone = host.last == UInt8(ascii: "]") || !host.contains(UInt8(ascii: ":"))
        guard isAlone, digits.count >= 5, digits.allSatisfy(\.isASCIIDigit),
            digits.count > 5 || self.port(Substring(digits)) == nil
        else { return nil }
        return TextFault(message: "the port is over 65535", hint: "ports are 1 to 65535")
    }

    /// Whether it is an IPv4 address or a host name (RFC 1123, section 2.1, and the underscore that is common in
    /// container networks).
    private static func isHost(_ name: String) -> Bool {
        guard (1...253).contains(name.utf8.count) else { return false }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let wellFormed = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
        }
        // What ends in a number is an address to some resolvers ("127.1"), so it has to be one in full.
        guard wellFormed, labels.last?.allSatisfy(\.isASCIIDigit) == true else { return wellFormed }
        return IPAddress(name) != nil
    }

    private static func port(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIDigit), let number = Int(text),
            number <= 65535
        else { return nil }
        return number
    }
}

extension UInt8 {
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
    var isASCIILetter: Bool { (0x61...0x7A).contains(self | 0x20) }
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
