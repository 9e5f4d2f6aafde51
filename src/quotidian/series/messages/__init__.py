"""What campaigns and canvases have in common: attribution, facts, shapes, numbers of points, and writing.

The words that serve both:

| word | of campaigns | of canvases |
|---|---|---|
| subject | a campaign; its sends have series of their own | a canvas |
| element | a message variation in a channel | a variant, a step, or a step in a channel |
| place of an element | the channel; `control` for a control group | `variant`, `step`, or the channel |
| id of an element | the message variation's; '' where events name none | the variant's or the step's |
| receipt | the event by which a user received a message | a user's entry; for the revenue of steps also a message |
| attributed | counted by send time: on the day of the receipt | counted by entry time: on the day of the entry |

Read in this order: `attribution` finds the receipt of each conversion and purchase, `facts` is what a day's events say,
`shape` is what all points of a series share, `template` and `numbers` put numbers into JSON, `writer` stores it all.
"""
