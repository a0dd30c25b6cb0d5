/// Brings the path of a request target to the one form that is matched and forwarded, so that gateway and service
/// cannot see two different paths (RFC 3986, section 6.2.2, and stricter).
///
/// Escapes of unreserved bytes are decoded, other escapes put into upper case, and the few printable bytes that have no
/// place in a path (`"`, `<`, `>`, `[`, `]`, `^`, `` ` ``, `{`, `|`, `}`) escaped. What services are known to read in
/// different ways is refused.
enum TargetNormalizer {
    /// The normal form of a path. An empty segment is one before the last slash; a segment of parameters only (`/;a/`)
    /// counts as one, since some services drop the parameters.
    enum NormalForm: Equatable {
        /// The path is in normal form as it is.
        case unchanged(hasEmptySegment: Bool)
        /// The normal form is in the scratch array.
        case rewritten(hasEmptySegment: Bool)
        /// Refused with 400.
        case refused(TargetFault)
    }

    /// - Parameter scratch: overwritten; grows once and is kept by the caller.
    static func normalize(path: Span<UInt8>, into scratch: inout [UInt8]) -> NormalForm {
        guard path.count > 0 else {
            // RFC 9112, section 3.2.1: an empty path is sent as "/".
            scratch.removeAll(keepingCapacity: true)
            scratch.append(UInt8(ascii: "/"))
            return .rewritten(hasEmptySegment: false)
        }
        guard path[0] == UInt8(ascii: "/") else { return .refused(.noLeadingSlash) }
        var hasEmptySegment = false
        var segmentStart = 1
        for index in 1..<path.count {
            let byte = path[index]
            if PathByte.isPlain(byte) { continue }
            guard byte == UInt8(ascii: "/") else {
                if PathByte.needsRewriting(byte) { return rewrite(path, into: &scratch) }
                return .refused(PathByte.fault(byte))
            }
            switch SegmentName.kind(path.extracting(segmentStart..<index)) {
            case .dots: return .refused(.dotSegment)
            case .empty: hasEmptySegment = true
            case .plain: break
            }
            segmentStart = index + 1
        }
        switch SegmentName.kind(path.extracting(segmentStart...)) {
        case .dots: return .refused(.dotSegment)
        case .empty: hasEmptySegment = hasEmptySegment || segmentStart < path.count
        case .plain: break
        }
        return .unchanged(hasEmptySegment: hasEmptySegment)
    }

    /// What becomes of a query. Routes do not match on it, so its escapes stay as they are.
    enum QueryForm: Equatable {
        /// It is as RFC 3986, section 3.4, allows.
        case unchanged
        /// It contains printable bytes that have to be escaped, or a percent sign that begins no escape.
        case escaped
        /// It contains control characters, a space, non-ASCII bytes, `#` or a backslash.
        case refused
    }

    static func form(ofQuery query: Span<UInt8>) -> QueryForm {
        var form = QueryForm.unchanged
        for index in query.indices {
            let byte = query[index]
            if PathByte.isPlain(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") { continue }
            guard PathByte.needsRewriting(byte) else { return .refused }
            if byte != UInt8(ascii: "%") || !isEscape(query, at: index) { form = .escaped }
        }
        return form
    }

    /// The query of the form `escaped` as a service gets it. A percent sign that begins no escape becomes `%25`, which
    /// decodes to what a lenient decoder made of it.
    static func escaped(query: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(query.count + 32)
        for index in query.indices {
            let byte = query[index]
            if PathByte.needsRewriting(byte), byte != UInt8(ascii: "%") || !isEscape(query, at: index) {
                PathByte.appendEscape(of: byte, to: &result)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private static func isEscape(_ text: Span<UInt8>, at index: Int) -> Bool {
        text.count - index >= 3 && PathByte.hexadecimal(text[index + 1]) != nil
            && PathByte.hexadecimal(text[index + 2]) != nil
    }

    /// The slow path, for escapes: the path is decoded and checked again in its new form.
    private static func rewrite(_ path: Span<UInt8>, into scratch: inout [UInt8]) -> NormalForm {
        scratch.removeAll(keepingCapacity: true)
        var isChanged = false
        var index = 0
        while index < path.count {
            let byte = path[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                if PathByte.isPlain(byte) || byte == UInt8(ascii: "/") {
                    scratch.append(byte)
                } else if PathByte.needsRewriting(byte) {
                    PathByte.appendEscape(of: byte, to: &scratch)
                    isChanged = true
                } else {
                    return .refused(PathByte.fault(byte))
                }
                continue
            }
            guard path.count - index >= 2, let high = PathByte.hexadecimal(path[index]),
                let low = PathByte.hexadecimal(path[index + 1])
            else { return .refused(.brokenEscape) }
            let value = high << 4 | low
            if value == 0 || value == UInt8(ascii: "/") || value == UInt8(ascii: "\\") {
                return .refused(.escapedSeparator)
            }
            if PathByte.isUnreserved(value) {
                scratch.append(value)
                isChanged = true
            } else {
                PathByte.appendEscape(of: value, to: &scratch)
                // Lower-case digits.
                isChanged = isChanged || path[index] >= 0x61 || path[index + 1] >= 0x61
            }
            index += 2
        }
        return inspect(scratch.span, isChanged: isChanged)
    }

    private static func inspect(_ path: Span<UInt8>, isChanged: Bool) -> NormalForm {
        var hasEmptySegment = false
        var start = 1
        while start <= path.count {
            var end = start
            while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
            switch SegmentName.kind(path.extracting(start..<end)) {
            case .dots: return .refused(.dotSegment)
            case .empty: hasEmptySegment = hasEmptySegment || start < path.count
            case .plain: break
            }
            start = end + 1
        }
        return isChanged ? .rewritten(hasEmptySegment: hasEmptySegment) : .unchanged(hasEmptySegment: hasEmptySegment)
    }
}

/// Why a request target is refused.
enum TargetFault: Error, Equatable {
    case noLeadingSlash
    case brokenEscape
    /// `%2F`, `%5C` or `%00`.
    case escapedSeparator
    case dotSegment
    case backslash
    case fragment
    case controlOrNonASCII

    /// For the reply's `msg`.
    var message: StaticString {
        switch self {
        case .noLeadingSlash: "the path does not begin with a slash"
        case .brokenEscape: "the path contains an invalid percent-encoding"
        case .escapedSeparator: "the path contains an escaped slash, backslash or NUL"
        case .dotSegment: "the path contains a dot segment"
        case .backslash: "the path contains a backslash"
        case .fragment: "the target contains a fragment"
        case .controlOrNonASCII: "the path contains bytes that are not allowed in a URL"
        }
    }
}

/// The kind of a segment for a service that drops parameters (`;a=b`) and resolves dots.
private enum SegmentName {
    case plain, empty, dots

    /// `%3B` counts as `;` here: some services decode before they cut.
    static func kind(_ segment: Span<UInt8>) -> SegmentName {
        var length = 0
        while length < segment.count, segment[length] == UInt8(ascii: "."), length < 3 { length += 1 }
        let endsHere =
            length == segment.count || segment[length] == UInt8(ascii: ";")
            || (segment.count - length >= 3 && segment[length] == UInt8(ascii: "%")
                && segment[length + 1] == UInt8(ascii: "3") && segment[length + 2] == UInt8(ascii: "B"))
        guard endsHere, length <= 2 else { return .plain }
        return length == 0 ? .empty : .dots
    }
}
