// SPDX-License-Identifier: Apache-2.0

// The limit, for comparison: a gateway in Go that takes a pull over HTTP, believes it, asks the connector over gRPC and
// answers. No sealing, no checks, no metrics, no log.
//
//	gateway LISTEN CONNECTOR
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/golang/protobuf/proto"
	"google.golang.org/grpc"
)

type pullRequest struct {
	AccountID    string `protobuf:"bytes,1,opt,name=account_id,proto3"`
	Account      []byte `protobuf:"bytes,2,opt,name=account,proto3"`
	State        []byte `protobuf:"bytes,3,opt,name=state,proto3"`
	MaxResources uint32 `protobuf:"varint,4,opt,name=max_resources,proto3"`
}

type timestamp struct {
	Seconds int64 `protobuf:"varint,1,opt,name=seconds,proto3"`
}

type author struct {
	ExternalID string `protobuf:"bytes,1,opt,name=external_id,proto3"`
	Name       string `protobuf:"bytes,2,opt,name=name,proto3"`
}

type externalResource struct {
	ExternalID  string     `protobuf:"bytes,1,opt,name=external_id,proto3"`
	Message     string     `protobuf:"bytes,2,opt,name=message,proto3"`
	HTMLMessage string     `protobuf:"bytes,3,opt,name=html_message,proto3"`
	ParentID    string     `protobuf:"bytes,4,opt,name=parent_id,proto3"`
	ThreadID    string     `protobuf:"bytes,5,opt,name=thread_id,proto3"`
	CreateTime  *timestamp `protobuf:"bytes,6,opt,name=create_time,proto3"`
	Author      *author    `protobuf:"bytes,7,opt,name=author,proto3"`
}

type pullResponse struct {
	Resources []*externalResource `protobuf:"bytes,1,rep,name=resources,proto3"`
	State     []byte              `protobuf:"bytes,2,opt,name=state,proto3"`
}

func (m *pullRequest) Reset()         { *m = pullRequest{} }
func (m *pullRequest) String() string { return "" }
func (*pullRequest) ProtoMessage()    {}

func (m *pullResponse) Reset()         { *m = pullResponse{} }
func (m *pullResponse) String() string { return "" }
func (*pullResponse) ProtoMessage()    {}

func (m *externalResource) Reset()         { *m = externalResource{} }
func (m *externalResource) String() string { return "" }
func (*externalResource) ProtoMessage()    {}

func (m *author) Reset()         { *m = author{} }
func (m *author) String() string { return "" }
func (*author) ProtoMessage()    {}

func (m *timestamp) Reset()         { *m = timestamp{} }
func (m *timestamp) String() string { return "" }
func (*timestamp) ProtoMessage()    {}

var _ proto.Message = (*pullResponse)(nil)

type shownAuthor struct {
	ExternalID string `json:"external_id"`
	Name       string `json:"name,omitempty"`
}

type shownResource struct {
	ExternalID  string       `json:"external_id"`
	Message     string       `json:"message"`
	HTMLMessage string       `json:"html_message,omitempty"`
	ThreadID    string       `json:"thread_id,omitempty"`
	CreatedAt   string       `json:"created_at"`
	Author      *shownAuthor `json:"author"`
}

type answer struct {
	Resources []shownResource `json:"external_resources"`
	State     []byte          `json:"state"`
}

func main() {
	connection, err := grpc.Dial(os.Args[2], grpc.WithInsecure())
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/guestbook/pull", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 50*time.Second)
		defer cancel()
		state, err := base64.StdEncoding.DecodeString(r.FormValue("state"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		asked := &pullRequest{
			AccountID:    "gateway",
			Account:      []byte(r.FormValue("metadata")),
			State:        state,
			MaxResources: 200,
		}
		found := &pullResponse{}
		if err := connection.Invoke(ctx, "/sealock.connector.v1.ConnectorService/Pull", asked, found); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		shown := answer{Resources: make([]shownResource, 0, len(found.Resources)), State: found.State}
		for _, each := range found.Resources {
			shown.Resources = append(shown.Resources, shownResource{
				ExternalID: each.ExternalID, Message: each.Message, HTMLMessage: each.HTMLMessage, ThreadID: each.ThreadID,
				CreatedAt: time.Unix(each.CreateTime.Seconds, 0).UTC().Format(time.RFC3339),
				Author:    &shownAuthor{ExternalID: each.Author.ExternalID, Name: each.Author.Name},
			})
		}
		body, err := json.Marshal(shown)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
