import Configuration
import JSON
import RandomJSON
import Testing

@Suite("The schema, the sample and the reference agree with the reader")
struct SchemaTests {
    @Test("docs/routes.schema.json is what `menshen schema` prints")
    func file() throws {
        #expect(try repositoryFile("docs/routes.schema.json") == GatewayConfiguration.schema())
    }

    @Test("Every key and its default stand in docs/configuration.md")
    func reference() throws {
        let lines = try repositoryFile("docs/configuration.md").split(separator: "\n")
        for key in try SchemaTests.keys() {
            let line = lines.first { $0.hasPrefix("| `\(key.path)` |") }
            #expect(line != nil, "\(key.path) is missing")
            if let text = key.defaultText { #expect(line?.contains("`\(text)`") == true, "\(key.path): \(text)") }
        }
        let known = Set(try SchemaTests.keys().map(\.path))
        for line in lines where line.hasPrefix("| `") && !line.hasPrefix("| `/") {
            let path = String(line.dropFirst(3).prefix { $0 != "`" })
            if !known.contains(path) { Issue.record("\(path) is no key") }
        }
    }

    @Test("The sample has no fault and no warning")
    func sample() throws {
        let result = GatewayConfiguration.load(
            bytes: Array(try repositoryFile("routes.json").utf8),
            environment: Fixture.noEnvironment
        )
        #expect(result.faults.map(\.description) == [])
        #expect(result.warnings.map(\.description) == [])
    }

    @Test("Every default and every example of the schema is read without a fault")
    func examples() throws {
        for key in try SchemaTests.keys() where !key.path.contains("[]") && !key.path.contains("NAME") {
            for value in key.values {
                let parts = key.path.split(separator: ".").map(String.init)
                // What stands deeper is part of the example above it.
                guard parts.count < 3 else { continue }
                var replacements: [String: String?] = [:]
                if parts.count == 1 {
                    replacements[parts[0]] = value
                } else if let section = Fixture.sections.first(where: { $0.name == parts[0] })?.text {
                    guard !section.contains("\"\(parts[1])\"") else { continue }
                    replacements[parts[0]] = section.replacing(
                        "{",
                        with: "{ \"\(parts[1])\": \(value),",
                        maxReplacements: 1
                    )
                } else {
                    let address =
                        key.path.hasPrefix("admin.") && key.path != "admin.address"
                        ? #""address": "127.0.0.1:9901", "# : ""
                    replacements[parts[0]] = "{ \(address)\"\(parts[1])\": \(value) }"
                }
                let environment = ConfigurationEnvironment(
                    variable: { _ in Array(Fixture.secret.utf8) },
                    contents: { path in
                        if path.hasSuffix("ca.pem") { return .success(Array(SamplePEM.certificate.utf8)) }
                        return .success(path.hasSuffix(".pem") ? TestKeys.pem("es256") : Array(Fixture.secret.utf8))
                    }
                )
                let result = Fixture.load(replacements, environment: environment)
                // The example's key files and addresses must not be in the way of each other.
                #expect(result.faults.map(\.description) == [], "\(key.path)")
            }
        }
    }

    private struct SchemaKey {
        let path: String
        /// Strings without quotation marks.
        let defaultText: String?
        /// The default and the examples.
        let values: [String]
    }

    private static func keys() throws -> [SchemaKey] {
        // The reader refuses duplicate names, which a schema made of several parts could have.
        let root = try JSONReader(duplicates: .reject).read(Array(GatewayConfiguration.schema().utf8))
        var keys: [SchemaKey] = []
        collect(root, "", &keys)
        #expect(keys.count > 60)
        return keys
    }

    private static func collect(_ node: JSONNode, _ path: String, _ keys: inout [SchemaKey]) {
        // A value that may be written in several ways.
        for way in node["anyOf"]?.elements ?? [] { collect(way, path, &keys) }
        for member in node["properties"]?.members ?? [] {
            let memberPath = path.isEmpty ? member.name : path + "." + member.name
            let schema = member.value
            let values = ([schema["default"]].compactMap { $0 } + (schema["examples"]?.elements ?? [])).map(text)
            keys.append(
                SchemaKey(
                    path: memberPath,
                    defaultText: schema["default"].map { $0.string ?? text($0) },
                    values: values
                )
            )
            collect(schema, memberPath, &keys)
            for alternative in schema["anyOf"]?.elements ?? [] { collect(alternative, memberPath, &keys) }
            if let items = schema["items"] { collect(items, memberPath + "[]", &keys) }
            if let values = schema["additionalProperties"] { collect(values, memberPath + ".NAME", &keys) }
        }
    }

    private static func text(_ node: JSONNode) -> String { String(decoding: node.rendered, as: UTF8.self) }
}
