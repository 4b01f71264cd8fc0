"""Which frames are worth a model run. Plain values in, plain values out: no model, no broker, no clock."""
