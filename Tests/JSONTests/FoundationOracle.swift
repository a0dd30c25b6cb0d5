import Foundation
import JSON

/// Compares with Foundation's reader, an independent one.
func foundationAgrees(_ node: JSONNode, _ bytes: [UInt8]) throws -> Bool {
    same(node, try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed))
}

private func same(_ node: JSONNode, _ object: Any) -> Bool {
    switch node.value {
    case .null: return object is NSNull
    case .bool(let flag): return object as? Bool == flag
    case .number(let text): return (object as? NSNumber)?.doubleValue == Double(text)
    case .string(let text): return (object as? String).map { Array($0.utf8) } == Array(text.utf8)
    case .array(let elements):
        guard let objects = object as? [Any], objects.count == elements.count else { return false }
        return zip(elements, objects).allSatisfy { same($0, $1) }
    case .object(let members):
        guard let objects = object as? [String: Any], objects.count == members.count else { return false }
        return members.allSatisfy { member in objects[member.name].map { same(member.value, $0) } ?? false }
    }
}
