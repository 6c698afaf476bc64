# SPDX-License-Identifier: Apache-2.0

# Asks ActionDispatch::RemoteIp itself, behind Puma. Arguments: "newest" or "older", and
# the version of Rails if remote_ip.rb is not that of the installed one.

require "socket"
require "logger"
require "action_dispatch"
require "action_dispatch/middleware/remote_ip"
require "action_pack/version"
require "puma"
require "puma/server"

RAILS = ARGV[1] || ActionPack.version.to_s
OF = ARGV[0] == "newest" ? nil : "version=#{RAILS}"
PUMA = Puma::Const::PUMA_VERSION
SOURCE = "rails #{RAILS} with rack #{Gem.loaded_specs["rack"]&.version || Rack.release}, puma #{PUMA}"

SETTINGS = {
  "" => [true, nil],
  "spoof-check=off" => [false, nil],
  "trust=10.0.0.5" => [true, ["10.0.0.5"]],
  "trust=10.0.0.5,10.0.0.9,1.1.1.1" => [true, ["10.0.0.5", "10.0.0.9", "1.1.1.1"]],
  "trust=10.0.0.0/8,fd00::/8,2001:db8::/32" => [true, ["10.0.0.0/8", "fd00::/8", "2001:db8::/32"]],
  "trust=203.0.113.0/24" => [true, ["203.0.113.0/24"]],
}

$peer = $seen = $refused = nil

def app(check, trusted)
  trusted = trusted&.map { |text| IPAddr.new(text) }
  inner = lambda do |env|
    begin
      $seen = ActionDispatch::Request.new(env).remote_ip
    rescue ActionDispatch::RemoteIp::IpSpoofAttackError
      $refused = true
    end
    [204, {}, []]
  end
  middleware = ActionDispatch::RemoteIp.new(inner, check, trusted)
  lambda do |env|
    env["REMOTE_ADDR"] = $peer
    middleware.call(env)
  end
end

SETTINGS.each do |words, (check, trusted)|
  server = Puma::Server.new(app(check, trusted))
  listener = server.add_tcp_listener("127.0.0.1", 0)
  port = (listener || server.binder.ios.last).addr[1]
  thread = server.run
  File.foreach("inputs.tsv", chomp: true) do |line|
    number, $peer, announced, request = line.split("\t", -1)
    next unless announced.empty?
    $seen = $refused = nil
    socket = TCPSocket.new("127.0.0.1", port)
    socket.write([request].pack("H*"))
    socket.read
    socket.close
    state = $refused ? "refused" : $seen.nil? ? "unspecified" : "ok"
    text = $seen.to_s.b.unpack1("H*")
    puts ["rails", [words, OF].reject { |w| w.nil? || w.empty? }.join(","), SOURCE, number, state, text].join("\t")
  end
  server.stop(true)
end
