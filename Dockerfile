# captcha_ocr_serve in a container: slim Python and ONNX Runtime, no PyTorch. nbs/use/deploy.ipynb says more.
#
#   docker build -t captcha_ocr .
#   docker run --read-only -p 127.0.0.1:8000:8000 -e CAPTCHA_OCR_TOKEN captcha_ocr
#
# It reads with the bundled reader synth. Another name, or a file of your own, takes its place:
#
#   docker run --read-only -p 127.0.0.1:8000:8000 -e CAPTCHA_OCR_TOKEN -v "$PWD/reader.onnx:/reader.onnx:ro" captcha_ocr /reader.onnx
#
# Versions are not pinned, so that a new build has the newest fixes; .ci/container tests what it gets.

FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --no-deps -w /out/wheel .

FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# hadolint ignore=DL3013
RUN --mount=type=bind,from=build,source=/out,target=/out \
    pip install --no-cache-dir numpy pillow onnxruntime safetensors fastapi uvicorn python-multipart && \
    pip install --no-cache-dir --no-deps /out/wheel/*.whl
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["captcha_ocr_serve", "--host", "0.0.0.0"]
CMD ["synth"]
