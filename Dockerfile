# Serves MCP on stdin and stdout: docker run -i --rm -e HOODY_TOKEN hoody-mcp
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY hoody_mcp hoody_mcp
COPY tool_schemas tool_schemas
RUN python -m venv /opt/hoody-mcp && /opt/hoody-mcp/bin/pip install --no-cache-dir .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="hoody-mcp" \
      org.opencontainers.image.description="MCP server for the Hoody platform" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --create-home --uid 10001 hoody
COPY --from=build /opt/hoody-mcp /opt/hoody-mcp
ENV PATH=/opt/hoody-mcp/bin:$PATH PYTHONUNBUFFERED=1
USER hoody
WORKDIR /home/hoody
ENTRYPOINT ["hoody-mcp"]
