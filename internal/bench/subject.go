package main

// A subject is a session library, set up for one content.
type subject struct {
	name string
	// setup returns the subject's works, and its cookie's value for this
	// content. A job that the subject cannot do is missing.
	setup func(content) (map[job]work, string)
}

const (
	own    = "costrel"
	zipped = "costrel, compressed as Flask"
	plain  = "costrel, never compressed"
	bare   = "no session"
	floor  = "floor"
	floorZ = "floor, compressed"

	gorillaName = "gorilla, signed"
	scsName     = "scs"
	jwtName     = "golang-jwt"
	flaskName   = "Flask"
)

var subjects = []subject{
	{bare, bareHandler},
	{own, costrelSession(0)},
	{zipped, costrelSession(1)},
	{plain, costrelSession(-1)},
	{floor, floorSession(false)},
	{floorZ, floorSession(true)},
	{gorillaName, gorillaSession(false)},
	{"gorilla, encrypted", gorillaSession(true)},
	{scsName, scsSession},
	{"gin-contrib", ginSession},
	{jwtName, jwtSession},
	{"fiber", fiberSession},
}

// rows sets every subject up for every content.
func rows(subjects []subject, contents []content) []*row {
	var rows []*row
	for _, c := range contents {
		for _, s := range subjects {
			works, cookie := s.setup(c)
			for _, j := range jobs {
				if w := works[j]; w != nil {
					rows = append(rows, &row{Subject: s.name, Content: c.name, Job: j, work: w, Cookie: len(cookie)})
				}
			}
		}
	}
	return rows
}
