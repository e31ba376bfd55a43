"""`distil`: a teacher of many guided steps becomes a student of four without guidance. Each idea has a file; `train.py` joins them."""
