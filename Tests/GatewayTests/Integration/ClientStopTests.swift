import Gateway
import Glibc
import JSON
import Testing

@Suite("An orderly stop, and the access log")
struct ClientStopTests {
    @Test("running requests finish, idle connections end, and whoever comes before the last one is done is served")
    func stop() async throws {
        let gate = Gate()
        let service = try ScriptedService.start { peer in
            while let request = try peer.readRequest() {
                if request.target == "/slow" { try gate.wait() }
                try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            }
        }
        // One worker: once it stops for one, it stops for all.
        try await TestGateway.runToStop(service: service, members: ["workers": "1"]) { gateway in
            let idle = try gateway.client()
            #expect(try idle.get("/a").status == 200)
            let unused = try gateway.client()
            #expect(try gateway.client().get("/readyz").status == 200)
            let running = try gateway.client()
            try running.sendRequest("GET", "/slow")
            try service.wait(for: "the slow request") { $0.requests.contains { $0.target == "/slow" } }

            let begun = TestClock.milliseconds()
            let stopping = Task { try await gateway.gateway.stop() }
            #expect(try idle.isClosed())
            #expect(try unused.isClosed())
            // Until the last request is done the port is open, and says that it will not be.
            var readiness = 0
            while readiness != 503, TestClock.milliseconds() - begun < longestWait {
                readiness = try gateway.client().get("/readyz").status
            }
            #expect(readiness == 503)
            for method in ["GET", "POST"] {
                let late = try gateway.client()
                let served = try late.request(method, "/a")
                #expect(served.text == "hi" && served["connection"] == "close")
                #expect(try late.isClosed())
            }
            #expect(try gateway.client().request("POST", "/auth/login", body: "{}").status == 400)
            gate.open()
            let response = try running.read()
            #expect(response.text == "hi")
            #expect(response["connection"] == "close")
            #expect(try running.isClosed())
            try await stopping.value
            // It ended because all was done, not because its time of 30 s was up.
            #expect(TestClock.milliseconds() - begun < 25_000)
            let entries = try gateway.logLines().entries()
            #expect(entries.filter { $0["status"]?.integer == 200 }.count == 4)
            #expect(!entries.contains { $0["code"]?.integer == 25003 })
        }
    }

    @Test("a request that does not finish is cut when the time is up, and stands in the log")
    func outOfTime() async throws {
        let service = try ScriptedService.start { peer in
            _ = try peer.readRequest()
            _ = try peer.readToEnd()
        }
        try await TestGateway.runToStop(service: service, members: ["timeouts": #"{"drain":"200ms"}"#]) { gateway in
            let client = try gateway.client()
            try client.sendRequest("GET", "/a")
            try service.wait(for: "the request") { $0.requests.count == 1 }
            try await gateway.gateway.stop()
            #expect(try client.isClosed())
            try service.waitForEnds(1)
            #expect(try gateway.logLines().count == 1)
        }
    }

    @Test("each request leaves one line with what happened, and nothing secret")
    func accessLog() async throws {
        let service = try EchoService.start()
        let routes = [#"{"path":"/private/{id}","service":"s"}"#, #"{"path":"/open/**","service":"s","auth":"none"}"#]
        let ids = Watched<[String]>([])
        let log = try await TestGateway.run(service: service, routes: routes) { gateway in
            let client = try gateway.client()
            let token = try gateway.token(user: "u_7")
            for response in [
                try client.request("POST", "/open/a?secret=1", body: "hello"),
                try client.get("/private/5?secret=1", token: token),
                try client.get("/private/6?secret=1", token: token + "secret"),
                try client.get("/nowhere?secret=1"),
                try client.request("BREW", "/open/tea"),
            ] {
                let id = try #require(response["x-request-id"])
                if response.status >= 400 { #expect(response.json?["requestId"]?.string == id) }
                ids.withLock { $0.append(id) }
            }
            try client.send("broken secret\r\n\r\n")
            #expect(try client.read().status == 400)
        }
        let entries = try log.entries()
        #expect(entries.count == 6)
        #expect(!log.contains { $0.contains("secret") })
        #expect(entries.prefix(5).map { $0["requestId"]?.string } == ids.withLock { $0 })
        #expect(Set(ids.withLock { $0 }).count == 5)
        #expect(entries.allSatisfy { $0["type"]?.string == "access" && $0["client"]?.string == "127.0.0.1" })
        #expect(entries.map { $0["status"]?.integer } == [200, 200, 401, 404, 200, 400])
        #expect(entries.map { $0["code"]?.integer } == [nil, nil, 20002, 24404, nil, 24400])
        #expect(
            entries.map { $0["reason"]?.string } == [nil, nil, "AUTH_INVALID", "ROUTE_NOT_FOUND", nil, "BAD_REQUEST"]
        )
        #expect(entries.map { $0["method"]?.string }.prefix(5) == ["POST", "GET", "GET", "GET", "BREW"])
        #expect(
            entries.map { $0["route"]?.string } == ["/open/**", "/private/{id}", "/private/{id}", nil, "/open/**", nil]
        )
        #expect(entries[0]["bytesIn"]?.integer == 5)
        #expect(entries[0]["bytesOut"]?.integer == Int64("POST /open/a?secret=1 hello".utf8.count))
        #expect(entries[0]["service"]?.string == "s")
        #expect(entries[0]["target"]?.string == "127.0.0.1:\(service.port)")
        #expect(entries[0]["serviceStatus"]?.integer == 200)
        #expect(entries[1]["userId"]?.string == "u_7")
        #expect(entries[1]["reused"]?.bool == true)
        #expect(entries.allSatisfy { ($0["durationUs"]?.integer ?? -1) >= 0 })
    }

    @Test("a log that was moved away is begun anew, and no line is lost")
    func rotation() async throws {
        let service = try EchoService.start()
        let log = try await TestGateway.run(service: service) { gateway in
            let client = try gateway.client()
            #expect(try client.get("/one").status == 200)
            // The line is written off the loop.
            try await waitUntil("a line of the access log") { try !gateway.logLines().isEmpty }
            #expect(rename(gateway.logPath, gateway.logPath + ".1") == 0)
            gateway.gateway.reopenLogs()
            #expect(try client.get("/two").status == 200)
        }
        // The first line went with the old file.
        #expect(log.count == 1)
        #expect(try log.entries().first?["reused"]?.bool == true)
    }
}
