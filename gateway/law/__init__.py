"""What can be proved of the agreements as they stand, without a single event.

gaps: questions that no rule speaks on, or two contrary rules of equal rank. matrix: who accepts what from
whom. asymmetry: what one side accepts and the other does not. laundering: licences that are refused
directly and accepted by way of a third region. Pure: values in, values out; what a rule says is asked of
`recognition`, never read a second time.
"""
