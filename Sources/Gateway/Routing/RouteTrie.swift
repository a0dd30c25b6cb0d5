/// The patterns of all routes as a tree of segments in flat arrays. Literal children are found in one hash table for
/// the whole tree; its contents come from the configuration, so a client cannot make it collide.
struct RouteTrie: Sendable {
    struct Node: Sendable {
        /// The child for any one segment, or -1.
        var parameter: Int32 = -1
        /// The best rank in this node and below it: a branch that cannot win is not entered.
        var bestRank: Int32 = .max
        /// Routes that end here, in `leaves`, by precedence.
        var exactStart: Int32 = 0
        var exactEnd: Int32 = 0
        /// Routes that match every path from here on, in `leaves`, by precedence.
        var restStart: Int32 = 0
        var restEnd: Int32 = 0
        var hasLiterals = false
    }

    struct Leaf: Sendable {
        /// 0 is the highest precedence; ranks are unique.
        let rank: Int32
        let route: Int32
        /// A `RouteMethodSet`.
        let methods: UInt32
    }

    struct Edge: Sendable {
        /// -1: an empty slot.
        var parent: Int32 = -1
        var child: Int32 = -1
        /// The segment, in `text`.
        var start: Int32 = 0
        var end: Int32 = 0
    }

    let nodes: [Node]
    let leaves: [Leaf]
    /// Linear probing; at most half full; a power of two.
    let edges: [Edge]
    let text: [UInt8]

    /// The state of one lookup.
    struct Search {
        let method: UInt32
        var rank = Int32.max
        var route: Int32 = -1
        /// The methods of routes that take the path, but not the method.
        var otherMethods: UInt32 = 0

        init(method: UInt32) {
            self.method = method
        }
    }

    /// Searches all matching routes below a root and keeps the one with the highest precedence.
    func search(_ search: inout Search, from root: Int32, path: Span<UInt8>) {
        visit(root, path, from: 1, &search)
    }

    /// - Parameter start: the start of the next segment; one past the end of the path if there is none.
    private func visit(_ index: Int32, _ path: Span<UInt8>, from start: Int, _ search: inout Search) {
        let node = nodes[Int(index)]
        guard node.bestRank < search.rank else { return }
        guard start <= path.count else {
            take(node.exactStart, node.exactEnd, &search)
            take(node.restStart, node.restEnd, &search)
            return
        }
        if node.hasLiterals || node.parameter >= 0 {
            var hash = SegmentHash(parent: index)
            var end = start
            while end < path.count, path[end] != UInt8(ascii: "/") {
                hash.add(path[end])
                end += 1
            }
            if node.hasLiterals {
                let child = literal(index, path.extracting(start..<end), hash)
                if child >= 0 { visit(child, path, from: end + 1, &search) }
            }
            if node.parameter >= 0, end > start {
                visit(node.parameter, path, from: end + 1, &search)
            }
        }
        take(node.restStart, node.restEnd, &search)
    }

    private func take(_ start: Int32, _ end: Int32, _ search: inout Search) {
        var index = Int(start)
        while index < Int(end) {
            let leaf = leaves[index]
            if leaf.rank >= search.rank { return }
            if leaf.methods & search.method != 0 {
                search.rank = leaf.rank
                search.route = leaf.route
                return
            }
            search.otherMethods |= leaf.methods
            index += 1
        }
    }

    private func literal(_ parent: Int32, _ segment: Span<UInt8>, _ hash: SegmentHash) -> Int32 {
        var slot = hash.slot(of: edges.count)
        while true {
            let edge = edges[slot]
            if edge.parent < 0 { return -1 }
            if edge.parent == parent, equals(edge, segment) { return edge.child }
            slot = (slot + 1) & (edges.count - 1)
        }
    }

    private func equals(_ edge: Edge, _ segment: Span<UInt8>) -> Bool {
        let start = Int(edge.start)
        guard Int(edge.end) - start == segment.count else { return false }
        for index in segment.indices where text[start + index] != segment[index] {
            return false
        }
        return true
    }
}

/// FNV-1a over a segment, begun with its parent node.
struct SegmentHash {
    private var value: UInt64

    init(parent: Int32) {
        value = 0xCBF2_9CE4_8422_2325 ^ (UInt64(UInt32(bitPattern: parent)) &* 0x9E37_79B9_7F4A_7C15)
    }

    mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    /// A slot of a table whose size is a power of two.
    func slot(of count: Int) -> Int {
        Int(truncatingIfNeeded: (value ^ value >> 32)) & (count - 1)
    }
}
