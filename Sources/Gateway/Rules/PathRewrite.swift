import Configuration

/// The segments of a path in normal form, by number.
enum PathSegments {
    /// The bytes of the segment with that number, from 0; nil where the path has fewer.
    static func range(_ number: Int, in path: Span<UInt8>) -> Range<Int>? {
        guard let start = start(number, in: path), start <= path.count else { return nil }
        var end = start
        while end < path.count, path[end] != UInt8(ascii: "/") { end += 1 }
        return start..<end
    }

    /// Where the segment with that number begins; one past the end for the one behind the last; nil beyond that.
    static func start(_ number: Int, in path: Span<UInt8>) -> Int? {
        var left = number
        var start = 1
        while left > 0 {
            while start < path.count, path[start] != UInt8(ascii: "/") { start += 1 }
            guard start <= path.count else { return nil }
            start += 1
            left -= 1
        }
        return start <= path.count + 1 ? start : nil
    }
}

/// How a route derives the service's path from the matched one. Copied parts stay in normal form: they are neither
/// decoded nor encoded, so no byte of a segment can become a slash or a dot segment.
struct PathRewrite: Sendable, Equatable {
    private enum Piece: Equatable {
        /// Whole segments with the slash before each.
        case text([UInt8])
        /// One segment of the path that was matched.
        case segment(Int)
        /// Everything from that segment on, with the slash before it.
        case rest(Int)
    }

    private let pieces: [Piece]

    /// For a checked configuration.
    init?(_ rewrite: RewriteConfiguration, of pattern: RoutePattern) {
        if let prefix = rewrite.stripPrefix {
            pieces = [.rest(Self.segmentCount(of: prefix))]
        } else if rewrite.replacePrefix.count == 2 {
            let (old, new) = (rewrite.replacePrefix[0], rewrite.replacePrefix[1])
            pieces = [.text(new == "/" ? [] : Array(new.utf8)), .rest(Self.segmentCount(of: old))]
        } else if let template = rewrite.template {
            var pieces: [Piece] = []
            let numbers = Dictionary(template.names.map { ($0.value, $0.key) }) { first, _ in first }
            for (index, segment) in template.segments.enumerated() {
                switch segment {
                case .literal(let bytes):
                    pieces.append(.text([UInt8(ascii: "/")] + bytes))
                case .parameter:
                    guard let name = numbers[index], let number = pattern.names[name] else { return nil }
                    pieces.append(.segment(number))
                }
            }
            if template.hasRest { pieces.append(.rest(pattern.segments.count)) }
            self.pieces = pieces
        } else {
            return nil
        }
    }

    private static func segmentCount(of path: String) -> Int {
        path == "/" ? 0 : path.utf8.count { $0 == UInt8(ascii: "/") }
    }

    /// Replaces `result` with the new path. False if it would start with two slashes, which services take for a host.
    func apply(to path: Span<UInt8>, into result: inout [UInt8]) -> Bool {
        result.removeAll(keepingCapacity: true)
        for piece in pieces {
            switch piece {
            case .text(let bytes):
                result += bytes
            case .segment(let number):
                result.append(UInt8(ascii: "/"))
                guard let range = PathSegments.range(number, in: path) else { return false }
                for index in range { result.append(path[index]) }
            case .rest(let number):
                guard let start = PathSegments.start(number, in: path) else { return false }
                // There is no slash to copy after the last segment.
                for index in (start - 1)..<max(start - 1, path.count) { result.append(path[index]) }
            }
        }
        if result.isEmpty { result.append(UInt8(ascii: "/")) }
        return result.count < 2 || result[1] != UInt8(ascii: "/")
    }
}
