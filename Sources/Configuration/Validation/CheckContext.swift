import JSON

/// What checks look at, and what they have found.
struct CheckContext {
    let configuration: GatewayConfiguration
    /// The file that it was read from.
    let root: JSONNode
    var reader: ConfigurationReader

    /// The place of a value; where it is not in the file, the pointer to it at the nearest that is.
    func location(_ names: [String]) -> Location {
        var node: JSONNode? = root
        var location = Location(offset: root.offset, pointer: "")
        for name in names {
            node = node.flatMap { child(of: $0, name) }
            location = location.member(name, offset: node?.offset ?? location.offset)
        }
        return location
    }

    func node(_ names: [String]) -> JSONNode? {
        names.reduce(root) { node, name in node.flatMap { child(of: $0, name) } }
    }

    private func child(of node: JSONNode, _ name: String) -> JSONNode? {
        guard let elements = node.elements else { return node[name] }
        return Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
    }

    /// The path as a pattern; nil where it is none, which has its own fault.
    func pattern(_ path: String) -> RoutePattern? {
        do throws(TextFault) {
            return try RoutePatternParser.parse(path)
        } catch {
            return nil
        }
    }
}
