#!/usr/bin/env -S zsh -f
# SPDX-License-Identifier: GPL-2.0
# complete.zsh WORK: what zsh makes of the command lines on standard input, each typed to a zsh on a
# terminal that has our completion. Of a line it prints what is offered for its last word, one a line; of one
# that begins with "!", what the others are after a TAB. Then a line with just a dot. WORK is a directory to
# work in.
zmodload zsh/zpty
out=$1/zsh
cat >$out.rc <<END
PROMPT= LISTMAX=0
fpath=(${(q)PWD}/completions \$fpath)
autoload -Uz compinit
compinit -u -D
compadd() { # what would be offered is written down; who only asks gets an answer
	local -a found

	if [[ \${@[1,(i)(-|--)]} != *-[OAD]\ * && \$WIDGET == offer ]]; then
		builtin compadd -A found "\$@"
		print -rl -- "\${(@Q)found}" >>${(q)out}
	fi
	builtin compadd "\$@"
}
offered() { _main_complete; compstate[insert]= compstate[list]=; }
offer() { zle offered; finish; }
insert() { zle expand-or-complete; print -r -- \$BUFFER >>${(q)out}; finish; }
finish() { BUFFER=; print '<''finished>'; }
zle -C offered complete-word offered
zle -N offer
zle -N insert
bindkey '^X1' offer '^X2' insert
finish
END
zpty typed zsh -f -i
zpty -w typed "source ${(q)out}.rc"
zpty -r typed said '*<finished>' || exit 1
while IFS= read -r line; do
	: >$out
	if [[ $line == '!'* ]]; then
		zpty -w -n typed "${line#!}"$'\C-X2'
	else
		zpty -w -n typed "$line"$'\C-X1'
	fi
	zpty -r typed said '*<finished>' || exit 1
	cat $out
	print .
done
