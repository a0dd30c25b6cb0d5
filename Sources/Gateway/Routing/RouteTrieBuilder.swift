import Configuration

/// Collects patterns into a tree and lays it out flat.
struct RouteTrieBuilder {
    /// The root of the routes that name no host.
    static let anyHost: Int32 = 0

    private struct Draft {
        var node = RouteTrie.Node()
        var exact: [RouteTrie.Leaf] = []
        var rest: [RouteTrie.Leaf] = []
    }

    private struct EdgeKey: Hashable {
        let parent: Int32
        let segment: [UInt8]
    }

    private var drafts = [Draft()]
    private var children: [EdgeKey: Int32] = [:]

    /// A new root, for the routes of one host.
    mutating func addRoot() -> Int32 { addNode() }

    /// Adds a pattern. Leaves are added in the order of their ranks, highest precedence first.
    mutating func add(_ pattern: RoutePattern, at root: Int32, leaf: RouteTrie.Leaf) {
        var index = root
        note(leaf, at: index)
        for segment in pattern.segments {
            index = child(of: index, segment)
            note(leaf, at: index)
        }
        if pattern.hasRest {
            drafts[Int(index)].rest.append(leaf)
        } else {
            drafts[Int(index)].exact.append(leaf)
        }
    }

    /// The tree in flat arrays.
    func finish() -> RouteTrie {
        var nodes: [RouteTrie.Node] = []
        var leaves: [RouteTrie.Leaf] = []
        nodes.reserveCapacity(drafts.count)
        for draft in drafts {
            var node = draft.node
            node.exactStart = Int32(leaves.count)
            leaves += draft.exact
            node.exactEnd = Int32(leaves.count)
            node.restStart = Int32(leaves.count)
            leaves += draft.rest
            node.restEnd = Int32(leaves.count)
            nodes.append(node)
        }
        let (edges, text) = hashed()
        return RouteTrie(nodes: nodes, leaves: leaves, edges: edges, text: text)
    }

    private func hashed() -> (edges: [RouteTrie.Edge], text: [UInt8]) {
        var size = 2
        while size < 2 * children.count { size *= 2 }
        var edges = [RouteTrie.Edge](repeating: RouteTrie.Edge(), count: size)
        var text: [UInt8] = []
        for (key, child) in children {
            var hash = SegmentHash(parent: key.parent)
            for byte in key.segment { hash.add(byte) }
            var slot = hash.slot(of: size)
            while edges[slot].parent >= 0 { slot = (slot + 1) & (size - 1) }
            let start = Int32(text.count)
            text += key.segment
            edges[slot] = RouteTrie.Edge(parent: key.parent, child: child, start: start, end: Int32(text.count))
        }
        return (edges, text)
    }

    private mutating func note(_ leaf: RouteTrie.Leaf, at index: Int32) {
        drafts[Int(index)].node.bestRank = min(drafts[Int(index)].node.bestRank, leaf.rank)
    }

    private mutating func child(of index: Int32, _ segment: RoutePattern.Segment) -> Int32 {
        switch segment {
        case .parameter:
            if drafts[Int(index)].node.parameter < 0 {
                let child = addNode()
                drafts[Int(index)].node.parameter = child
            }
            return drafts[Int(index)].node.parameter
        case .literal(let bytes):
            let key = EdgeKey(parent: index, segment: bytes)
            if let child = children[key] { return child }
            let child = addNode()
            children[key] = child
            drafts[Int(index)].node.hasLiterals = true
            return child
        }
    }

    private mutating func addNode() -> Int32 {
        drafts.append(Draft())
        return Int32(drafts.count - 1)
    }
}
