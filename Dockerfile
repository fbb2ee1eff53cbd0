# The app in a container, at http://127.0.0.1:8000:
#   docker build --tag cadgen . && docker run --rm --publish 127.0.0.1:8000:8000 cadgen
# Any other command: docker run --rm --volume "$PWD":/work cadgen infer part.png --out made
# To train on a GPU (the app needs none):
#   docker build --tag cadgen-cuda --build-arg TORCH=cu128 --build-arg EXTRAS=train .
#   docker run --rm --gpus all --volume "$PWD":/work cadgen-cuda train experiment=enhanced
FROM python:3.11-slim

# cpu, or the CUDA that torch is built for: cu126, cu128 ...
ARG TORCH=cpu
ARG EXTRAS=app,pdf,svg

# What the CAD kernel is linked with.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libexpat1 libgl1 libx11-6 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY cadgen cadgen
COPY callbacks callbacks
COPY conf conf
RUN pip install --no-cache-dir uv \
    && uv pip install --system --no-cache --torch-backend "$TORCH" --constraint constraints.txt ".[$EXTRAS]" \
    && pip uninstall --yes uv \
    && rm -rf /src

# Nobody in particular, with a home for what numba compiles.
RUN useradd --create-home --uid 1000 cadgen
USER cadgen
WORKDIR /work

# The port stays the same outside: the app answers to its own address only.
EXPOSE 8000
ENTRYPOINT ["cadgen"]
CMD ["app", "--host", "0.0.0.0"]
