import JSON
package import Sessions

/// Reads users to import, one JSON object per line: `{"appId": "wx…", "openid": "…", "userId": "…", "unionid": "…"}`;
/// `unionid` is optional.
package struct UserListReader {
    /// What is wrong with a line. Quotes no value.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        /// From 1.
        package let line: Int
        /// The fault of the line.
        package let message: String

        /// The line and the message.
        package var description: String { "line \(line): \(message)" }
    }

    /// In bytes.
    package static let longestLine = 16 * 1024
    private static let reader = JSONReader(maximumDepth: 2, maximumSize: longestLine)
    private static let members = ["appId", "openid", "userId", "unionid"]

    private let appIDs: [String]
    private var lines: [UserKey: Int] = [:]
    private var line = 0

    /// - Parameter appIDs: the apps of the configuration.
    package init(appIDs: [String]) {
        self.appIDs = appIDs
    }

    /// The user of the next line, without its end; nil where it is blank.
    package mutating func read(_ bytes: [UInt8]) throws(Fault) -> ImportedUser? {
        line += 1
        if bytes.allSatisfy({ " \t\r".utf8.contains($0) }) { return nil }
        let user = try parse(bytes)
        if let first = lines.updateValue(line, forKey: user.user) {
            throw fault("the same user as in line \(first)")
        }
        return user
    }

    private func parse(_ bytes: [UInt8]) throws(Fault) -> ImportedUser {
        let node: JSONNode
        do throws(JSONSyntaxError) {
            node = try Self.reader.read(bytes)
        } catch {
            throw fault("not JSON: \(error)")
        }
        guard let members = node.members else { throw fault("not a JSON object") }
        // A misspelt "unionid" would be lost in silence.
        guard members.allSatisfy({ member in Self.members.contains(where: member.hasName) }) else {
            throw fault("unknown member; known members: \(Self.members.joined(separator: ", "))")
        }
        let named = try text("appId", node)
        // The configuration's own text, which all users of the app share.
        guard let appID = appIDs.first(where: { $0.utf8.elementsEqual(named.utf8) }) else {
            throw fault(#"no app with this "appId" is configured"#)
        }
        let key = UserKey(appID: appID, openid: try text("openid", node))
        guard key.hasOpenid else { throw fault(#""openid" contains a colon, which WeChat's openids never do"#) }
        let userID = try text("userId", node)
        guard UserName.isUserID(userID) else { throw fault(#""userId" must not begin with a colon"#) }
        return ImportedUser(
            user: key,
            userID: userID,
            unionid: node["unionid"] == nil ? nil : try text("unionid", node)
        )
    }

    private func text(_ name: String, _ node: JSONNode) throws(Fault) -> String {
        guard let member = node[name] else { throw fault("\"\(name)\" is missing") }
        guard let text = member.string, UserName.isValid(text) else {
            throw fault("\"\(name)\" must be a string of \(UserName.rule)")
        }
        return text
    }

    private func fault(_ message: String) -> Fault { Fault(line: line, message: message) }
}
