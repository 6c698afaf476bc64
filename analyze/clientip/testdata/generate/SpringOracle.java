// SPDX-License-Identifier: Apache-2.0

import java.io.File;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.LinkedHashMap;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.springframework.core.SpringVersion;
import org.springframework.web.filter.ForwardedHeaderFilter;

/**
 * Asks Spring's ForwardedHeaderFilter itself, in an embedded Tomcat. Argument: "newest", or
 * nothing.
 */
public class SpringOracle {
    static volatile String peer;
    static volatile String seen;
    static volatile boolean reached;

    public static void main(String[] args) throws Exception {
        boolean newest = args.length > 0;
        String of = newest ? "" : "version=" + SpringVersion.getVersion();
        String source = "spring-web " + SpringVersion.getVersion() + " in tomcat "
                + org.apache.catalina.util.ServerInfo.getServerNumber();
        Map<String, ForwardedHeaderFilter> settings = new LinkedHashMap<>();
        settings.put("", new ForwardedHeaderFilter());
        if (newest) {
            var choice = ForwardedHeaderFilter.class.getConstructor(boolean.class);
            settings.put("header=forwarded", choice.newInstance(true));
            settings.put("header=x-forwarded", choice.newInstance(false));
        }
        ForwardedHeaderFilter removing = new ForwardedHeaderFilter();
        removing.setRemoveOnly(true);
        settings.put("remove-only=on", removing);
        for (var s : settings.entrySet()) {
            String words = s.getKey() + (s.getKey().isEmpty() || of.isEmpty() ? "" : ",") + of;
            run(words, source, s.getValue());
        }
        System.exit(0);
    }

    static void run(String words, String source, ForwardedHeaderFilter filter) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
        tomcat.setPort(0);
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        Context context = tomcat.addContext("", new File(".").getAbsolutePath());
        Tomcat.addServlet(context, "s", new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) {
                seen = request.getRemoteAddr();
                response.setStatus(204);
            }
        });
        context.addServletMappingDecoded("/*", "s");
        FilterDef def = new FilterDef();
        def.setFilterName("f");
        def.setFilter(filter);
        context.addFilterDef(def);
        FilterMap map = new FilterMap();
        map.setFilterName("f");
        map.addURLPattern("/*");
        context.addFilterMap(map);
        context.getPipeline().addValve(new ValveBase(true) {
            @Override
            public void invoke(Request request, Response response) throws java.io.IOException, jakarta.servlet.ServletException {
                request.setRemoteAddr(peer);
                reached = true;
                getNext().invoke(request, response);
            }
        });
        tomcat.start();
        int port = tomcat.getConnector().getLocalPort();
        List<String> out = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("inputs.tsv"))) {
            String[] input = line.split("\t", -1);
            if (!input[2].isEmpty()) {
                continue;
            }
            peer = input[1];
            seen = null;
            reached = false;
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.getOutputStream().write(HexFormat.of().parseHex(input[3]));
                socket.getInputStream().readAllBytes();
            }
            String state = seen != null ? "ok" : reached ? "refused" : "unspecified";
            String text = seen == null ? "" : HexFormat.of().formatHex(seen.getBytes(StandardCharsets.ISO_8859_1));
            out.add(String.join("\t", "spring", words, source, input[0], state, text));
        }
        System.out.println(String.join("\n", out));
        tomcat.stop();
    }
}
