import CCurl

/// Header lines in libcurl's format. libcurl does not copy them, so the list lives as long as the call.
struct HeaderList: ~Copyable {
    private(set) var list: UnsafeMutablePointer<curl_slist>?
    /// Whether every line found room.
    private(set) var isComplete = true

    deinit {
        curl_slist_free_all(list)
    }

    mutating func append(_ line: String) {
        if let longer = curl_slist_append(list, line) {
            list = longer
        } else {
            isComplete = false
        }
    }
}

extension APIRequest {
    /// Whether all header names are valid and no value contains a line end (RFC 9110, sections 5.1 and 5.5).
    var hasValidHeaders: Bool {
        headers.allSatisfy { header in
            !header.name.isEmpty
                && header.name.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
                // libcurl takes a line without a value for a header to remove.
                && !header.value.isEmpty && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        }
    }
}
