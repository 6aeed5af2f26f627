from qualab.metrics.metadata import metadata_rows


def test_a_clips_own_metadata_is_left_out():
    text = "frame:0    pts:0       pts_time:0\ntimecode=00:00:00:00\nlavfi.block=1.5\n"
    assert metadata_rows(text) == [{"block": 1.5}]


def test_a_frame_without_values_has_an_empty_row():
    text = "frame:0    pts:0       pts_time:0\nframe:1    pts:40      pts_time:0.04\nlavfi.scd.time=0.04\n"
    assert metadata_rows(text) == [{}, {"time": 0.04}]
