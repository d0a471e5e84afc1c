"""The free constants of the cost model: fitted on measurements, judged on sources that the fit has not seen."""
