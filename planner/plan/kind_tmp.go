package plan

func (n *Node) Kind() string { return n.Name }
