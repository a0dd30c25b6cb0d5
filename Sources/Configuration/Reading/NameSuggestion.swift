/// "Did you mean": the nearest of the names that would have been right.
enum NameSuggestion {
    /// A hint, or nil where no name is near enough.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: name, among: candidates).map(question)
    }

    static func question(_ name: String) -> String {
        "did you mean \(Printable.quoted(name))?"
    }

    /// The nearest name within a third of its length: equal but for case comes first, then the first in the order
    /// given.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let typed = Array(name.utf8)
        guard (1...64).contains(typed.count) else { return nil }
        var best: (distance: Int, name: String)?
        for candidate in candidates where candidate.utf8.count <= 64 {
            let bytes = Array(candidate.utf8)
            let distance = typed.map(lowered) == bytes.map(lowered) ? 0 : distance(typed, bytes)
            guard distance <= max(1, max(typed.count, bytes.count) / 3), distance < bytes.count else { continue }
            if distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count one each.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for row in 1...max(one.count, 1) where row <= one.count {
            var current = [row]
            for column in other.indices {
                let same = one[row - 1] == other[column]
                var cost = min(last[column] + (same ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 1, column > 0, one[row - 1] == other[column - 1], one[row - 2] == other[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[other.count]
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
