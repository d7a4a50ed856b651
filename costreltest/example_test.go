package costreltest_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"github.com/costrel/costrel"
	"github.com/costrel/costrel/costreltest"
)

// A handler under test gets a session, without a login.
func ExampleCookie() {
	t := new(testing.T) // that of the test

	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(costreltest.Cookie(t, sessions, map[string]any{"user_id": 12345}))
	w := httptest.NewRecorder()
	sessions.Handler(whoami).ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: user 12345
}

// What a handler put into the session is read from its response.
func ExampleSession() {
	t := new(testing.T) // that of the test
	login := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		userID.Set(sessions.Get(r), 12345)
		sessions.Get(r).Flash("Welcome.")
	}))

	w := httptest.NewRecorder()
	login.ServeHTTP(w, httptest.NewRequest("POST", "/login", nil))
	session := costreltest.Session(t, sessions, w.Result().Cookies()...)
	fmt.Println(session.Get("user_id"), session.Flashes())
	// Output: 12345 [Welcome.]
}

// A client with cookies is logged in between two of its requests: what Flask's
// tests do with session_transaction.
func ExampleTransaction() {
	t := new(testing.T) // that of the test
	server := httptest.NewServer(sessions.Handler(whoami))
	defer server.Close()
	jar, _ := cookiejar.New(nil)
	client := http.Client{Jar: jar}

	costreltest.Transaction(t, sessions, jar, server.URL, func(s *costrel.Session) {
		userID.Set(s, 12345)
	})
	res, err := client.Get(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output: 200 OK
}
