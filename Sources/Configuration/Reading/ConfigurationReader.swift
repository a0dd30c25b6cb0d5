import JSON

/// One reading of a file: takes values out of the JSON tree and collects everything that is wrong on the way, so that
/// all faults of a file are reported together.
struct ConfigurationReader {
    /// A fault before its line and column are known.
    struct Finding {
        let severity: ConfigurationFault.Severity
        let offset: Int
        let pointer: String
        let message: String
        let hint: String?
    }

    let environment: ConfigurationEnvironment
    private(set) var findings: [Finding] = []
    /// The locations of secrets in the file itself.
    private(set) var literalSecrets: [Location] = []

    init(environment: ConfigurationEnvironment) {
        self.environment = environment
    }

    mutating func fault(_ location: Location, _ message: String, hint: String? = nil) {
        report(.fault, location, message, hint)
    }

    mutating func warning(_ location: Location, _ message: String, hint: String? = nil) {
        report(.warning, location, message, hint)
    }

    mutating func noteLiteralSecret(_ location: Location) {
        literalSecrets.append(location)
    }

    /// The contents of a file that the configuration names; nil after a fault was reported. The fault does not name the
    /// file: its location tells, and a user who mixes up the forms of a secret has written the secret there.
    mutating func contents(of path: String, at location: Location) -> [UInt8]? {
        switch environment.contents(path) {
        case .success(let bytes): return bytes
        case .failure(let problem):
            fault(
                location,
                "this file cannot be read: \(problem.reason)",
                hint: path.utf8.first == UInt8(ascii: "/") ? nil : "relative paths start at the working directory"
            )
            return nil
        }
    }

    private mutating func report(
        _ severity: ConfigurationFault.Severity,
        _ location: Location,
        _ message: String,
        _ hint: String?
    ) {
        findings.append(
            Finding(
                severity: severity,
                offset: location.offset,
                pointer: location.pointer,
                message: message,
                hint: hint
            )
        )
    }

    /// Reads an object by its table of keys. Absent keys keep the defaults of `Section()`.
    mutating func section<Section: ConfigurationSection>(
        _ node: JSONNode,
        at location: Location,
        keys: [Key<Section>]
    ) -> Section {
        var section = Section()
        guard let members = node.members else {
            wrongType(node, at: location, expected: "an object")
            return section
        }
        let names = keys.map(\.name)
        var meant: Set<String> = []
        for member in members {
            guard let key = keys.first(where: { $0.name.utf8.elementsEqual(member.name.utf8) }) else {
                let near = NameSuggestion.nearest(to: member.name, among: names)
                if let near { meant.insert(near) }
                fault(
                    location.member(member.name, offset: member.nameOffset),
                    "unknown key",
                    hint: near.map(NameSuggestion.question) ?? "known keys: \(names.joined(separator: ", "))"
                )
                continue
            }
            key.read(member.value, location.member(key.name, offset: member.value.offset), &self, &section)
        }
        // A key that was only misspelt is not missing too.
        for key in keys where key.isRequired && node[key.name] == nil && !meant.contains(key.name) {
            fault(location.member(key.name, offset: node.offset), "this key is required", hint: key.exampleHint)
        }
        return section
    }

    mutating func wrongType(_ node: JSONNode, at location: Location, expected: String, hint: String? = nil) {
        let found =
            switch node.value {
            case .null: "null"
            case .bool: "a boolean"
            case .number: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        fault(location, "must be \(expected), not \(found)", hint: hint)
    }
}

/// A place in the file.
struct Location {
    /// Where it begins.
    let offset: Int
    /// Its JSON Pointer (RFC 6901).
    let pointer: String

    func member(_ name: String, offset: Int) -> Location {
        Location(offset: offset, pointer: pointer + "/" + Location.escaped(name))
    }

    func element(_ index: Int, offset: Int) -> Location {
        Location(offset: offset, pointer: "\(pointer)/\(index)")
    }

    private static func escaped(_ name: String) -> String {
        guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
