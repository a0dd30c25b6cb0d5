"""The parts of the benchmark that compute: a wrong one gives a figure that nobody would doubt."""

import base64
import contextlib
import hashlib
import hmac
import io
import json
import socket
import threading
import types
import unittest

from . import cases, check, client, openloop, report, service, tokens, world


class TokenTests(unittest.TestCase):
    def test_signed_over_head_and_claims(self):
        head, claims, signature = tokens.sign(7).split(".")
        wanted = hmac.new(world.SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        self.assertEqual(tokens.part(wanted).decode(), signature)
        self.assertEqual(json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"], world.ISSUER)

    def test_all_differ_and_none_in_length(self):
        made = {tokens.sign(number, now=1_800_000_000) for number in range(300)}
        self.assertEqual(len(made), 300)
        self.assertEqual(len({len(token) for token in made}), 1)


class ServiceTests(unittest.TestCase):
    def test_bodies_are_json_of_the_size_wanted(self):
        for size in (100, 1024, 65536):
            body = service.body(size)
            json.loads(body)
            self.assertEqual(len(body), size)


class OpenLoopTests(unittest.TestCase):
    def test_a_request_in_time_keeps_nobody_waiting(self):
        self.assertEqual(list(openloop.times(0, 999, 1000, 0, 9999)), [(True, 999)])

    def test_each_missed_turn_is_a_sample(self):
        self.assertEqual(
            list(openloop.times(0, 3500, 1000, 0, 9999)), [(True, 3500), (False, 2500), (False, 1500), (False, 500)])

    def test_what_was_due_within_the_measurement_counts_however_early_the_request_before_it_was_sent(self):
        self.assertEqual(list(openloop.times(0, 3500, 1000, 1500, 3000)), [(False, 1500)])

    def test_no_connection_sends_faster_than_its_clock_ticks_and_none_ends_early(self):
        for rate in (500, 10_000, 12_800, 31_000, 70_000):
            connections, each = openloop.plan(rate, 2)
            self.assertLess(rate / connections, 100)
            self.assertLess(connections, 1000 * openloop.WARM_UP)
            self.assertGreater((each - 1) * connections / rate, 2 + openloop.WARM_UP)

    def test_percentiles(self):
        ordered = list(range(1000))
        self.assertEqual(openloop.percentile(ordered, 0.5), 500)
        self.assertEqual(openloop.percentile(ordered, 0.999), 999)
        self.assertEqual(openloop.percentile([4], 0.99), 4)

    def test_measures_what_was_sent_after_the_warm_up(self):
        # One request a millisecond, each as slow as its number says; h2load writes them down as they end.
        lines = [f"{5_000_000 + 1000 * number}\t200\t{number}" for number in range(4000)]
        found = openloop.measured(reversed(lines), 4000, 2, 1_000_000)
        self.assertEqual(found, [(True, number) for number in range(1000, 3000)])

    def test_a_request_that_failed_or_was_lost_ends_the_run(self):
        for status in (-1, 401, 500):
            with self.assertRaises(world.Failure):
                openloop.measured(["5000000\t200\t300", f"5000001\t{status}\t300"], 2, 1, 10_000)
        with self.assertRaises(world.Failure):
            openloop.measured(["5000000\t200\t300"], 2, 1, 10_000)
        with self.assertRaises(world.Failure):
            openloop.measured([], 2, 1, 10_000)


class ClientTests(unittest.TestCase):
    def answer(self, data, split, status=200):
        """What a connection makes of two answers that arrive in pieces."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                accepted, _ = listener.accept()
                with accepted:
                    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for start in range(0, len(data), split):
                        accepted.sendall(data[start:start + split])

            thread = threading.Thread(target=serve)
            thread.start()
            try:
                with contextlib.closing(client.Connection(listener.getsockname()[1])) as connection:
                    connection.receive(status)
                    connection.receive(status)
                    self.assertEqual(connection.rest, b"")
            finally:
                thread.join(30)

    def test_reads_one_answer_at_any_split(self):
        sized = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
        chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        for split in (1, 7, 1000):
            self.answer(sized + chunked, split)

    def test_another_status_is_a_failure(self):
        refused = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"
        with self.assertRaises(world.Failure):
            self.answer(refused, 1000)


class ReportTests(unittest.TestCase):
    def samples(self, *costs):
        return [types.SimpleNamespace(cost=cost) for cost in costs]

    def test_ratios_are_of_medians(self):
        results = {"64": {"menshen": self.samples(8, 9, 100), "haproxy": self.samples(10, 1, 30)}}
        self.assertAlmostEqual(report.ratio(results, "64", "cost", "haproxy"), 0.9)
        self.assertIsNone(report.ratio(results, "64", "cost", "envoy"))

    def test_goals_are_judged_by_their_bounds(self):
        met = {"64": {"menshen": self.samples(8.5), "haproxy": self.samples(10)}}
        self.assertTrue(any("0.85 ×" in line and line.endswith("| met |") for line in report.goals(met)))
        missed = {"64": {"menshen": self.samples(8.6), "haproxy": self.samples(10)}}
        self.assertTrue(any("0.86 ×" in line and line.endswith("| not met |") for line in report.goals(missed)))

    def test_names_of_cases_are_their_own(self):
        self.assertEqual(len(set(cases.names())), len(cases.names()))


class CheckTests(unittest.TestCase):
    def failed(self, value, threshold, unit):
        with contextlib.redirect_stdout(io.StringIO()):
            return check.compare("", {"x": value}, {} if threshold is None else {"x": threshold}, unit)

    def test_two_percent_for_instructions_and_none_for_allocations(self):
        self.assertEqual(self.failed(1020, 1000, "instructions"), [])
        self.assertEqual(self.failed(1021, 1000, "instructions"), ["x"])
        self.assertEqual(self.failed(2.4, 2.5, "allocations"), [])
        self.assertEqual(self.failed(2.6, 2.5, "allocations"), ["x"])

    def test_what_has_no_threshold_fails(self):
        self.assertEqual(self.failed(1, None, "instructions"), ["x"])


if __name__ == "__main__":
    unittest.main()
