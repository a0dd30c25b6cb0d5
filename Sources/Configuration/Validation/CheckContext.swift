import JSON

/// What checks look at, and what they have found.
struct CheckContext {
    let configuration: GatewayConfiguration
    /// The file that it was read from.
    let root: JSONNode
    var reader: ConfigurationReader

    /// The place of a value; of an object that is a member, the place of its name, which a reader finds sooner than a
    /// brace. Where the value is not in the file, the pointer to it at the nearest that is.
    func location(_ names: [String]) -> Location {
        var node: JSONNode? = root
        var location = Location(offset: root.offset, pointer: "")
        for name in names {
            let member = node?.members?.first { $0.hasName(name) }
            node = node.flatMap { child(of: $0, name) }
            let isObject = node?.members != nil
            location = location.member(
                name,
                offset: (isObject ? member?.nameOffset : nil) ?? node?.offset ?? location.offset
            )
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

    /// The names that others, which do not exist, were probably meant to be. A name that is only misspelt where it is
    /// used is not unused too.
    func meant(by names: Set<String>, among known: some Sequence<String>) -> Set<String> {
        let known = known.sorted()
        return Set(names.subtracting(known).compactMap { NameSuggestion.nearest(to: $0, among: known) })
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
