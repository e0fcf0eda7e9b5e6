"""A client of SageMaker as its user wrote it: an endpoint's name in, lines of JSON out. It knows nothing of Tocsin; AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME does."""
import json, sys

import boto3

client = boto3.client("sagemaker-runtime")
name = sys.argv[1]


def invoke(**given):
    answer = client.invoke_endpoint(EndpointName=name, **given)
    return {"type": answer["ContentType"], "variant": answer["InvokedProductionVariant"], "body": answer["Body"].read().decode()}


def failure(**given):
    try:
        invoke(**given)
    except client.exceptions.ModelError as error:
        return {"name": "ModelError", "status": error.response["OriginalStatusCode"]}
    return {"name": "none"}


features = json.dumps({"instances": [{"features": [900, "FR"]}]})
lines = '{"features": [10, "DE"]}\n{"features": [900, "FR"]}\n'
for said in [
    invoke(ContentType="text/csv", Body="10,DE\n900,FR"),
    invoke(ContentType="application/json", Accept="application/json", Body=features),
    invoke(ContentType="application/jsonlines", Body=lines, TargetVariant="champion"),
    failure(ContentType="image/png", Body="10,DE"),
]:
    print(json.dumps(said, separators=(",", ":")))
