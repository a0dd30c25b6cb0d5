import Configuration
import Sessions

/// Phase 3: whom a route serves, and what has to be known of them.
enum AccessPhase {
    static func run(_ route: CompiledRoute, _ identity: Identity, _ changes: SessionChanges) -> PhaseResult {
        if !route.apps.isEmpty {
            guard let appID = identity.appID, route.apps.contains(appID) else { return .reply(.refusal(.forbidden)) }
        }
        let facts = changes.facts(of: identity)
        let lacksProfile = route.requiresProfile && !facts.contains(.profile)
        let lacksPhone = route.requiresPhone && !facts.contains(.phone)
        guard lacksProfile || lacksPhone else { return .proceed }
        var reply = LocalReply(.authStepRequired)
        let required = list(route.requiresProfile, route.requiresPhone)
        let missing = list(lacksProfile, lacksPhone)
        reply.data = Array(
            #"{"required":\#(required),"missing":\#(missing),"authStep":\#(facts.authStep)}"#.utf8
        )
        return .reply(reply)
    }

    private static func list(_ profile: Bool, _ phone: Bool) -> String {
        switch (profile, phone) {
        case (true, true): #"["profile","phone"]"#
        case (true, false): #"["profile"]"#
        case (false, true): #"["phone"]"#
        case (false, false): "[]"
        }
    }
}
