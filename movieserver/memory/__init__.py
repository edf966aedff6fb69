"""What public reads are answered from: values replaced whole, and answers made in advance."""
