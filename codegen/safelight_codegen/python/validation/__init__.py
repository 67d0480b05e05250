"""The compiled reading of a spec: functions that judge a request as the interpreter would."""
